"""One observation at a time; backwards, cross products of three numbers at once."""

import numpy as np


def cross(a, b):
    a0, a1, a2 = a.tolist()
    b0, b1, b2 = b.tolist()
    return np.array([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


def gradient(cameras, points, weights, observations, features):
    cameras_bar = np.zeros_like(cameras)
    points_bar = np.zeros_like(points)
    weights_bar = np.empty_like(weights)
    for i, (which, where) in enumerate(observations.tolist()):
        camera, camera_bar = cameras[which], cameras_bar[which]
        rotation = camera[:3]
        offset = points[where] - camera[3:6]
        squared = rotation @ rotation
        if squared == 0.0:
            seen = offset + np.cross(rotation, offset)
        else:
            angle = np.sqrt(squared)
            axis = rotation / angle
            cosine, sine = np.cos(angle), np.sin(angle)
            turned = np.cross(axis, offset)
            along = axis @ offset
            lean = (1.0 - cosine) * along
            seen = cosine * offset + sine * turned + lean * axis
        depth = seen[2]
        flat = seen[:2] / depth
        focal, first, second = camera[6], camera[9], camera[10]
        r2 = flat @ flat
        stretch = 1.0 + first * r2 + second * r2 * r2
        distorted = stretch * flat
        error = focal * distorted + camera[7:9] - features[i]

        weight = weights[i]
        square = weight * weight
        weights_bar[i] = 2.0 * weight * (error @ error - 2.0 * (1.0 - square))
        error_bar = (2.0 * square) * error
        camera_bar[7:9] += error_bar
        camera_bar[6] += error_bar @ distorted
        error_bar *= focal
        stretch_bar = error_bar @ flat
        camera_bar[9] += stretch_bar * r2
        camera_bar[10] += stretch_bar * r2 * r2
        error_bar *= stretch
        error_bar += (2.0 * stretch_bar * (first + 2.0 * second * r2)) * flat
        error_bar /= depth
        seen_bar = np.empty(3)
        seen_bar[:2] = error_bar
        seen_bar[2] = -(error_bar @ flat)
        if squared == 0.0:
            camera_bar[:3] += cross(offset, seen_bar)
            offset_bar = seen_bar + cross(seen_bar, rotation)
        else:
            on_axis = seen_bar @ axis
            along_bar = (1.0 - cosine) * on_axis
            angle_bar = cosine * (seen_bar @ turned)
            angle_bar -= sine * (seen_bar @ offset - along * on_axis)
            turned_bar = sine * seen_bar
            axis_bar = cross(offset, turned_bar)
            axis_bar += along_bar * offset
            axis_bar += lean * seen_bar
            offset_bar = cross(turned_bar, axis)
            offset_bar += along_bar * axis
            offset_bar += cosine * seen_bar
            axis_bar /= angle
            axis_bar += (angle_bar - axis_bar @ axis) * axis
            camera_bar[:3] += axis_bar
        points_bar[where] += offset_bar
        camera_bar[3:6] -= offset_bar
    return cameras_bar, points_bar, weights_bar


def cross_rows(a, b):
    a0, a1, a2 = a
    b0, b1, b2 = b
    return np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


def dot_rows(a, b):
    return np.einsum("ij,ij->j", a, b)


def restructured(cameras, points, weights, observations, features):
    """All observations at once, a column each."""
    which, where = observations.T
    camera = cameras[which].T
    rotation = camera[:3]
    offset = points[where].T - camera[3:6]
    angle = np.sqrt(dot_rows(rotation, rotation))
    still = angle == 0.0
    angle[still] = 1.0
    axis = rotation / angle
    cosine, sine = np.cos(angle), np.sin(angle)
    cosine[still] = sine[still] = 1.0
    turned = cross_rows(axis, offset)
    along = dot_rows(axis, offset)
    lean = (1.0 - cosine) * along
    seen = cosine * offset + sine * turned + lean * axis
    flat = seen[:2] / seen[2]
    focal, first, second = camera[6], camera[9], camera[10]
    r2 = dot_rows(flat, flat)
    stretch = 1.0 + r2 * (first + second * r2)
    distorted = stretch * flat
    error = focal * distorted + camera[7:9] - features.T

    square = weights * weights
    weights_bar = 2.0 * weights * (dot_rows(error, error) - 2.0 * (1.0 - square))
    camera_bar = np.empty_like(camera)
    error_bar = 2.0 * square * error
    camera_bar[7:9] = error_bar
    camera_bar[6] = dot_rows(error_bar, distorted)
    error_bar *= focal
    stretch_bar = dot_rows(error_bar, flat)
    camera_bar[9] = stretch_bar * r2
    camera_bar[10] = camera_bar[9] * r2
    error_bar *= stretch
    error_bar += 2.0 * stretch_bar * (first + 2.0 * second * r2) * flat
    error_bar /= seen[2]
    seen_bar = np.concatenate([error_bar, -dot_rows(error_bar, flat)[None]])
    on_axis = dot_rows(seen_bar, axis)
    along_bar = (1.0 - cosine) * on_axis
    angle_bar = cosine * dot_rows(seen_bar, turned)
    angle_bar -= sine * (dot_rows(seen_bar, offset) - along * on_axis)
    turned_bar = sine * seen_bar
    axis_bar = cross_rows(offset, turned_bar) + along_bar * offset + lean * seen_bar
    offset_bar = cross_rows(turned_bar, axis) + along_bar * axis + cosine * seen_bar
    axis_bar /= angle
    turn = angle_bar - dot_rows(axis_bar, axis)
    turn[still] = 0.0
    camera_bar[:3] = axis_bar + turn * axis
    camera_bar[3:6] = -offset_bar
    cameras_bar = np.zeros_like(cameras)
    points_bar = np.zeros_like(points)
    np.add.at(cameras_bar, which, camera_bar.T)
    np.add.at(points_bar, where, offset_bar.T)
    return cameras_bar, points_bar, weights_bar
