"""Arguments for the cases: away from round numbers, ties and each other."""

import numpy as np

X = 1.37
Y = -0.83
Z = 0.59
V = np.array([0.71, -1.13, 0.42, 1.91, -0.37])
W = np.array([1.23, 0.64, -0.91, 0.33, 1.47])
U = np.array([0.52, 1.34, -0.77])
M = np.array([[0.31, -0.72, 1.13], [0.94, 0.45, -1.06]])
N = np.array([[1.21, 0.62, -0.33], [-0.84, 0.15, 0.96]])
S = np.array([[2.1, 0.3, -0.4], [0.6, 1.7, 0.2], [-0.1, 0.5, 2.6]])
