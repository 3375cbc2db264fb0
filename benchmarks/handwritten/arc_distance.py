"""The arctangent itself is dead; its slope needs one square root."""

import numpy as np


def gradient(latitude_a, longitude_a, latitude_b, longitude_b):
    half = latitude_b - latitude_a
    half *= 0.5
    sin_latitude = np.sin(half)
    cos_latitude = np.cos(half, out=half)
    half = longitude_b - longitude_a
    half *= 0.5
    sin_longitude = np.sin(half)
    cos_longitude = np.cos(half, out=half)
    cos_a = np.cos(latitude_a)
    cos_b = np.cos(latitude_b)
    both = cos_a * cos_b
    square = sin_longitude * sin_longitude
    chord = both * square
    chord += sin_latitude * sin_latitude

    # return sum(2 * arctan2(sqrt(chord), sqrt(1 - chord)))
    chord_bar = 1.0 - chord
    chord_bar *= chord
    np.sqrt(chord_bar, out=chord_bar)
    np.reciprocal(chord_bar, out=chord_bar)
    both *= sin_longitude
    both *= cos_longitude
    both *= chord_bar
    sin_latitude *= cos_latitude
    sin_latitude *= chord_bar
    square *= chord_bar
    cos_b *= square
    cos_b *= np.sin(latitude_a)
    cos_b += sin_latitude
    cos_a *= square
    cos_a *= np.sin(latitude_b)
    sin_latitude -= cos_a
    return -cos_b, -both, sin_latitude, both
