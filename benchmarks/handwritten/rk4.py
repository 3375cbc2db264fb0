"""A tuple of floats per step goes onto the tape: every stage and its factors."""


def gradient(prey, predators, birth, hunt, growth, death, dt, steps):
    tape = []
    push = tape.append
    half, sixth = dt / 2, dt / 6
    p1, q1 = prey, predators
    for _ in range(steps):
        f1 = birth - hunt * q1
        g1 = growth * p1 - death
        k1 = p1 * f1
        m1 = q1 * g1
        p2 = p1 + half * k1
        q2 = q1 + half * m1
        f2 = birth - hunt * q2
        g2 = growth * p2 - death
        k2 = p2 * f2
        m2 = q2 * g2
        p3 = p1 + half * k2
        q3 = q1 + half * m2
        f3 = birth - hunt * q3
        g3 = growth * p3 - death
        k3 = p3 * f3
        m3 = q3 * g3
        p4 = p1 + dt * k3
        q4 = q1 + dt * m3
        f4 = birth - hunt * q4
        g4 = growth * p4 - death
        push((p1, q1, f1, g1, p2, q2, f2, g2, p3, q3, f3, g3, p4, q4, f4, g4))
        p1 += sixth * (k1 + 2 * k2 + 2 * k3 + p4 * f4)
        q1 += sixth * (m1 + 2 * m2 + 2 * m3 + q4 * g4)

    p_bar, q_bar = 1.0, 0.7
    birth_bar = hunt_bar = growth_bar = death_bar = 0.0
    for p1, q1, f1, g1, p2, q2, f2, g2, p3, q3, f3, g3, p4, q4, f4, g4 in reversed(
        tape
    ):
        k1_bar = sixth * p_bar
        m1_bar = sixth * q_bar
        kp = k1_bar * p4
        mq = m1_bar * q4
        p4_bar = k1_bar * f4 + growth * mq
        q4_bar = m1_bar * g4 - hunt * kp
        birth_bar += kp
        death_bar -= mq
        hunt_bar -= kp * q4
        growth_bar += mq * p4

        k_bar = 2 * k1_bar + dt * p4_bar
        m_bar = 2 * m1_bar + dt * q4_bar
        kp = k_bar * p3
        mq = m_bar * q3
        p3_bar = k_bar * f3 + growth * mq
        q3_bar = m_bar * g3 - hunt * kp
        birth_bar += kp
        death_bar -= mq
        hunt_bar -= kp * q3
        growth_bar += mq * p3

        k_bar = 2 * k1_bar + half * p3_bar
        m_bar = 2 * m1_bar + half * q3_bar
        kp = k_bar * p2
        mq = m_bar * q2
        p2_bar = k_bar * f2 + growth * mq
        q2_bar = m_bar * g2 - hunt * kp
        birth_bar += kp
        death_bar -= mq
        hunt_bar -= kp * q2
        growth_bar += mq * p2

        k1_bar += half * p2_bar
        m1_bar += half * q2_bar
        kp = k1_bar * p1
        mq = m1_bar * q1
        p_bar += k1_bar * f1 + growth * mq + p2_bar + p3_bar + p4_bar
        q_bar += m1_bar * g1 - hunt * kp + q2_bar + q3_bar + q4_bar
        birth_bar += kp
        death_bar -= mq
        hunt_bar -= kp * q1
        growth_bar += mq * p1
    return p_bar, q_bar, birth_bar, hunt_bar, growth_bar, death_bar
