"""Modes: whether operations are recorded."""

from __future__ import annotations

import threading

import pytest

import sourcediff.tensor as torch


def recorded():
    return (torch.ones(1, requires_grad=True) * 2).requires_grad


def test_nesting():
    assert torch.is_grad_enabled()
    with torch.no_grad():
        assert not recorded()
        with torch.enable_grad():
            assert recorded()
            with torch.set_grad_enabled(False):
                assert not recorded()
            assert recorded()
        assert not recorded()
    assert recorded()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_decorators(mode):
    @mode()
    def called():
        return recorded()

    @mode
    def plain():
        return recorded()

    assert (called(), plain(), recorded()) == (False, False, True)
    assert called.__name__ == "called"


def test_a_decorated_generator_keeps_the_mode_to_itself():
    @torch.no_grad()
    def steps():
        while True:
            yield recorded()

    made = steps()
    assert [next(made), recorded(), next(made)] == [False, True, False]


def test_set_grad_enabled_is_also_a_function_and_a_decorator():
    torch.set_grad_enabled(False)
    try:
        assert not recorded()
    finally:
        torch.set_grad_enabled(True)

    @torch.set_grad_enabled(False)
    def off():
        return recorded()

    assert recorded()
    assert not off()
    assert recorded()


def test_exceptions_leave_the_mode():
    for mode in (torch.no_grad(), torch.inference_mode(), torch.enable_grad()):
        with pytest.raises(ZeroDivisionError), mode:
            raise ZeroDivisionError
        assert torch.is_grad_enabled()


def test_a_mode_belongs_to_its_thread():
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(recorded()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_inference_mode():
    with torch.inference_mode():
        assert torch.is_inference_mode_enabled()
        x = torch.ones(2)
        y = x * 2
    assert x.is_inference()
    assert y.is_inference()
    assert not torch.ones(2).is_inference()
    with pytest.raises(RuntimeError, match="inference tensor"):
        x.requires_grad_()
    with torch.inference_mode(False):
        assert recorded()


def test_a_mode_object_may_be_entered_again():
    mode = torch.no_grad()
    for _ in range(2):
        with mode:
            assert not recorded()
            with mode:
                assert not recorded()
            assert not recorded()
        assert recorded()
