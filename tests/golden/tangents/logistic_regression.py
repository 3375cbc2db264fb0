"""The expected forward mode of negative_log_likelihood."""

import numpy as np


def negative_log_likelihood_jvp(
    weights, bias, X, labels, penalty=0.001, *, weights_dot, bias_dot
):
    scores_dot = X @ weights_dot + bias_dot
    scores = X @ weights + bias
    scores -= np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    sum_exp_scores = np.sum(exp_scores, axis=1)
    log_norm_dot = (scores_dot * exp_scores).sum(axis=1) / sum_exp_scores
    log_norm = np.log(sum_exp_scores)
    arange_len_labels = np.arange(len(labels))
    chosen_dot = scores_dot[arange_len_labels, labels]
    chosen = scores[arange_len_labels, labels]
    t1 = 0.5 * penalty
    return (
        np.mean(log_norm - chosen) + t1 * np.sum(weights**2),
        np.mean(log_norm_dot - chosen_dot) + 2 * t1 * np.sum(weights_dot * weights),
    )
