"""Every subexpression that the reverse sweep reads has a name."""


def gradient(x, y):
    s = 1.0 + x * x
    y_over_s = y / s
    a = x * y + 3.0 * x - y_over_s
    b = a * a - x * a + 2.5
    p = b * b + 1.0
    fraction = (a + b) / p
    c = fraction - y
    r = 2.0 + c * c
    b_over_r = b / r
    y_minus_c = y - c

    # return a * c + b * y_minus_c / r
    c_bar = a - b_over_r - 2.0 * c * b_over_r * y_minus_c / r
    sum_bar = c_bar / p
    b_bar = y_minus_c / r + sum_bar * (1.0 - 2.0 * b * fraction)
    a_bar = c + sum_bar + b_bar * (2.0 * a - x)
    x_bar = a_bar * (y + 3.0 + 2.0 * x * y_over_s / s) - b_bar * a
    y_bar = b_over_r - c_bar + a_bar * (x - 1.0 / s)
    return x_bar, y_bar
