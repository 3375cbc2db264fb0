"""Weighted squared reprojection errors of a bundle adjustment, one by one."""

import numpy as np

SIZES = {"small": (2, 3), "large": (2, 15)}


def rotate(rotation, point):
    """Rodrigues' formula for the rotation about a vector by its length."""
    squared = rotation @ rotation
    if squared == 0.0:
        return point + np.cross(rotation, point)
    angle = np.sqrt(squared)
    axis = rotation / angle
    cosine = np.cos(angle)
    turned = np.cross(axis, point)
    along = axis @ point
    return cosine * point + np.sin(angle) * turned + (1.0 - cosine) * along * axis


def distort(radial, point):
    r2 = np.sum(point**2)
    return point * (1.0 + radial[0] * r2 + radial[1] * r2**2)


def project(camera, point):
    seen = rotate(camera[:3], point - camera[3:6])
    flat = seen[:2] / seen[2]
    return camera[6] * distort(camera[9:11], flat) + camera[7:9]


def reprojection_cost(cameras, points, weights, observations, features):
    cost = 0.0
    for i, (camera, point) in enumerate(observations):
        error = project(cameras[camera], points[point]) - features[i]
        cost += weights[i] ** 2 * np.sum(error**2)
        cost += (1.0 - weights[i] ** 2) ** 2
    return cost


PRIMAL = reprojection_cost
WRT = ("cameras", "points", "weights")


def arguments(rng, size="small"):
    n_cameras, n_points = SIZES[size]
    cameras = 0.2 * rng.normal(size=(n_cameras, 11))
    cameras[:, 5] -= 4.3
    cameras[:, 6] += 1.6
    cameras[:, 9:] *= 0.2
    points = rng.normal(size=(n_points, 3))
    observations = np.array(
        [(camera, point) for camera in range(n_cameras) for point in range(n_points)]
    )
    weights = rng.uniform(0.4, 1.2, len(observations))
    features = 0.5 * rng.normal(size=(len(observations), 2))
    return cameras, points, weights, observations, features
