"""The expected adjoint of negative_log_likelihood."""

import numpy as np


def negative_log_likelihood_grad(weights, bias, X, labels, penalty=0.001, out_bar=1.0):
    # forward
    scores = X @ weights + bias
    scores -= np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    sum_exp_scores = np.sum(exp_scores, axis=1)
    log_norm = np.log(sum_exp_scores)
    arange_len_labels = np.arange(len(labels))
    # return np.mean(log_norm - chosen) + 0.5 * penalty * np.sum(weights**2)
    log_norm_bar = out_bar / log_norm.size
    chosen_bar = -log_norm_bar
    weights_bar = out_bar * penalty * weights
    # chosen = scores[np.arange(len(labels)), labels]
    scores_bar = np.zeros_like(scores)
    scores_bar[arange_len_labels, labels] = chosen_bar
    # log_norm = np.log(np.sum(np.exp(scores), axis=1))
    scores_bar += (log_norm_bar / sum_exp_scores)[:, None] * exp_scores
    # scores = X @ weights + bias
    weights_bar += X.T @ scores_bar
    bias_bar = scores_bar.sum(axis=0)
    return weights_bar, bias_bar
