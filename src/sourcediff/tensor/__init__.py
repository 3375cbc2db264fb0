"""A small tensor library with a tape: PyTorch's autograd, over NumPy.

`import sourcediff.tensor as torch` runs programs written for PyTorch's autograd on the
CPU.

>>> import sourcediff.tensor as torch
>>> x = torch.ones(2, 2, requires_grad=True)
>>> out = (3 * (x + 2) ** 2).mean()
>>> out.backward()
>>> x.grad
tensor([[4.5000, 4.5000],
        [4.5000, 4.5000]])
"""

from __future__ import annotations

import numpy as np

from sourcediff.tensor import autograd as autograd
from sourcediff.tensor import cuda as cuda
from sourcediff.tensor import linalg as linalg
from sourcediff.tensor import nn as nn
from sourcediff.tensor import optim as optim
from sourcediff.tensor import traced as _traced  # noqa: F401 (rules run on it)
from sourcediff.tensor import utils as utils
from sourcediff.tensor.creation import AnyTensor as Tensor
from sourcediff.tensor.creation import arange as arange
from sourcediff.tensor.creation import as_tensor as as_tensor
from sourcediff.tensor.creation import asarray as asarray
from sourcediff.tensor.creation import empty as empty
from sourcediff.tensor.creation import empty_like as empty_like
from sourcediff.tensor.creation import eye as eye
from sourcediff.tensor.creation import from_numpy as from_numpy
from sourcediff.tensor.creation import full as full
from sourcediff.tensor.creation import full_like as full_like
from sourcediff.tensor.creation import is_tensor as is_tensor
from sourcediff.tensor.creation import linspace as linspace
from sourcediff.tensor.creation import manual_seed as manual_seed
from sourcediff.tensor.creation import normal as normal
from sourcediff.tensor.creation import numel as numel
from sourcediff.tensor.creation import ones as ones
from sourcediff.tensor.creation import ones_like as ones_like
from sourcediff.tensor.creation import rand as rand
from sourcediff.tensor.creation import rand_like as rand_like
from sourcediff.tensor.creation import randint as randint
from sourcediff.tensor.creation import randn as randn
from sourcediff.tensor.creation import randn_like as randn_like
from sourcediff.tensor.creation import randperm as randperm
from sourcediff.tensor.creation import seed as seed
from sourcediff.tensor.creation import tensor as tensor
from sourcediff.tensor.creation import zeros as zeros
from sourcediff.tensor.creation import zeros_like as zeros_like
from sourcediff.tensor.drawing import Graph as Graph
from sourcediff.tensor.drawing import graph as graph
from sourcediff.tensor.dtypes import bool as bool
from sourcediff.tensor.dtypes import cdouble as cdouble
from sourcediff.tensor.dtypes import cfloat as cfloat
from sourcediff.tensor.dtypes import complex64 as complex64
from sourcediff.tensor.dtypes import complex128 as complex128
from sourcediff.tensor.dtypes import double as double
from sourcediff.tensor.dtypes import dtype as dtype
from sourcediff.tensor.dtypes import float as float
from sourcediff.tensor.dtypes import float16 as float16
from sourcediff.tensor.dtypes import float32 as float32
from sourcediff.tensor.dtypes import float64 as float64
from sourcediff.tensor.dtypes import half as half
from sourcediff.tensor.dtypes import int as int
from sourcediff.tensor.dtypes import int8 as int8
from sourcediff.tensor.dtypes import int16 as int16
from sourcediff.tensor.dtypes import int32 as int32
from sourcediff.tensor.dtypes import int64 as int64
from sourcediff.tensor.dtypes import long as long
from sourcediff.tensor.dtypes import short as short
from sourcediff.tensor.dtypes import uint8 as uint8
from sourcediff.tensor.modes import enable_grad as enable_grad
from sourcediff.tensor.modes import inference_mode as inference_mode
from sourcediff.tensor.modes import is_grad_enabled as is_grad_enabled
from sourcediff.tensor.modes import (
    is_inference_mode_enabled as is_inference_mode_enabled,
)
from sourcediff.tensor.modes import no_grad as no_grad
from sourcediff.tensor.modes import set_grad_enabled as set_grad_enabled
from sourcediff.tensor.pointwise import abs as abs
from sourcediff.tensor.pointwise import acos as acos
from sourcediff.tensor.pointwise import acosh as acosh
from sourcediff.tensor.pointwise import add as add
from sourcediff.tensor.pointwise import arccos as arccos
from sourcediff.tensor.pointwise import arccosh as arccosh
from sourcediff.tensor.pointwise import arcsin as arcsin
from sourcediff.tensor.pointwise import arcsinh as arcsinh
from sourcediff.tensor.pointwise import arctan as arctan
from sourcediff.tensor.pointwise import arctan2 as arctan2
from sourcediff.tensor.pointwise import arctanh as arctanh
from sourcediff.tensor.pointwise import asin as asin
from sourcediff.tensor.pointwise import asinh as asinh
from sourcediff.tensor.pointwise import atan as atan
from sourcediff.tensor.pointwise import atan2 as atan2
from sourcediff.tensor.pointwise import atanh as atanh
from sourcediff.tensor.pointwise import ceil as ceil
from sourcediff.tensor.pointwise import clamp as clamp
from sourcediff.tensor.pointwise import clip as clip
from sourcediff.tensor.pointwise import cos as cos
from sourcediff.tensor.pointwise import cosh as cosh
from sourcediff.tensor.pointwise import div as div
from sourcediff.tensor.pointwise import divide as divide
from sourcediff.tensor.pointwise import eq as eq
from sourcediff.tensor.pointwise import exp as exp
from sourcediff.tensor.pointwise import expm1 as expm1
from sourcediff.tensor.pointwise import floor as floor
from sourcediff.tensor.pointwise import floor_divide as floor_divide
from sourcediff.tensor.pointwise import fmod as fmod
from sourcediff.tensor.pointwise import ge as ge
from sourcediff.tensor.pointwise import greater as greater
from sourcediff.tensor.pointwise import greater_equal as greater_equal
from sourcediff.tensor.pointwise import gt as gt
from sourcediff.tensor.pointwise import hypot as hypot
from sourcediff.tensor.pointwise import isfinite as isfinite
from sourcediff.tensor.pointwise import isinf as isinf
from sourcediff.tensor.pointwise import isnan as isnan
from sourcediff.tensor.pointwise import le as le
from sourcediff.tensor.pointwise import lerp as lerp
from sourcediff.tensor.pointwise import less as less
from sourcediff.tensor.pointwise import less_equal as less_equal
from sourcediff.tensor.pointwise import log as log
from sourcediff.tensor.pointwise import log1p as log1p
from sourcediff.tensor.pointwise import log2 as log2
from sourcediff.tensor.pointwise import log10 as log10
from sourcediff.tensor.pointwise import logaddexp as logaddexp
from sourcediff.tensor.pointwise import logical_and as logical_and
from sourcediff.tensor.pointwise import logical_not as logical_not
from sourcediff.tensor.pointwise import logical_or as logical_or
from sourcediff.tensor.pointwise import logical_xor as logical_xor
from sourcediff.tensor.pointwise import logit as logit
from sourcediff.tensor.pointwise import lt as lt
from sourcediff.tensor.pointwise import maximum as maximum
from sourcediff.tensor.pointwise import minimum as minimum
from sourcediff.tensor.pointwise import mul as mul
from sourcediff.tensor.pointwise import multiply as multiply
from sourcediff.tensor.pointwise import ne as ne
from sourcediff.tensor.pointwise import neg as neg
from sourcediff.tensor.pointwise import negative as negative
from sourcediff.tensor.pointwise import not_equal as not_equal
from sourcediff.tensor.pointwise import pow as pow
from sourcediff.tensor.pointwise import reciprocal as reciprocal
from sourcediff.tensor.pointwise import relu as relu
from sourcediff.tensor.pointwise import remainder as remainder
from sourcediff.tensor.pointwise import round as round
from sourcediff.tensor.pointwise import rpow as rpow
from sourcediff.tensor.pointwise import rsqrt as rsqrt
from sourcediff.tensor.pointwise import rsub as rsub
from sourcediff.tensor.pointwise import sgn as sgn
from sourcediff.tensor.pointwise import sigmoid as sigmoid
from sourcediff.tensor.pointwise import sign as sign
from sourcediff.tensor.pointwise import sin as sin
from sourcediff.tensor.pointwise import sinh as sinh
from sourcediff.tensor.pointwise import sqrt as sqrt
from sourcediff.tensor.pointwise import square as square
from sourcediff.tensor.pointwise import sub as sub
from sourcediff.tensor.pointwise import subtract as subtract
from sourcediff.tensor.pointwise import tan as tan
from sourcediff.tensor.pointwise import tanh as tanh
from sourcediff.tensor.pointwise import true_divide as true_divide
from sourcediff.tensor.pointwise import trunc as trunc
from sourcediff.tensor.pointwise import where as where
from sourcediff.tensor.products import bmm as bmm
from sourcediff.tensor.products import dot as dot
from sourcediff.tensor.products import einsum as einsum
from sourcediff.tensor.products import matmul as matmul
from sourcediff.tensor.products import mm as mm
from sourcediff.tensor.products import mv as mv
from sourcediff.tensor.products import outer as outer
from sourcediff.tensor.products import tensordot as tensordot
from sourcediff.tensor.products import trace as trace
from sourcediff.tensor.reductions import all as all
from sourcediff.tensor.reductions import allclose as allclose
from sourcediff.tensor.reductions import amax as amax
from sourcediff.tensor.reductions import amin as amin
from sourcediff.tensor.reductions import any as any
from sourcediff.tensor.reductions import argmax as argmax
from sourcediff.tensor.reductions import argmin as argmin
from sourcediff.tensor.reductions import cumprod as cumprod
from sourcediff.tensor.reductions import cumsum as cumsum
from sourcediff.tensor.reductions import equal as equal
from sourcediff.tensor.reductions import isclose as isclose
from sourcediff.tensor.reductions import log_softmax as log_softmax
from sourcediff.tensor.reductions import logsumexp as logsumexp
from sourcediff.tensor.reductions import max as max
from sourcediff.tensor.reductions import mean as mean
from sourcediff.tensor.reductions import median as median
from sourcediff.tensor.reductions import min as min
from sourcediff.tensor.reductions import norm as norm
from sourcediff.tensor.reductions import prod as prod
from sourcediff.tensor.reductions import softmax as softmax
from sourcediff.tensor.reductions import std as std
from sourcediff.tensor.reductions import sum as sum
from sourcediff.tensor.reductions import var as var
from sourcediff.tensor.serialization import load as load
from sourcediff.tensor.serialization import save as save
from sourcediff.tensor.shaping import argsort as argsort
from sourcediff.tensor.shaping import broadcast_to as broadcast_to
from sourcediff.tensor.shaping import cat as cat
from sourcediff.tensor.shaping import chunk as chunk
from sourcediff.tensor.shaping import clone as clone
from sourcediff.tensor.shaping import concat as concat
from sourcediff.tensor.shaping import concatenate as concatenate
from sourcediff.tensor.shaping import contiguous as contiguous
from sourcediff.tensor.shaping import diag as diag
from sourcediff.tensor.shaping import expand as expand
from sourcediff.tensor.shaping import flatten as flatten
from sourcediff.tensor.shaping import flip as flip
from sourcediff.tensor.shaping import gather as gather
from sourcediff.tensor.shaping import hstack as hstack
from sourcediff.tensor.shaping import index_select as index_select
from sourcediff.tensor.shaping import masked_fill as masked_fill
from sourcediff.tensor.shaping import masked_select as masked_select
from sourcediff.tensor.shaping import movedim as movedim
from sourcediff.tensor.shaping import narrow as narrow
from sourcediff.tensor.shaping import nonzero as nonzero
from sourcediff.tensor.shaping import permute as permute
from sourcediff.tensor.shaping import ravel as ravel
from sourcediff.tensor.shaping import repeat as repeat
from sourcediff.tensor.shaping import repeat_interleave as repeat_interleave
from sourcediff.tensor.shaping import reshape as reshape
from sourcediff.tensor.shaping import roll as roll
from sourcediff.tensor.shaping import select as select
from sourcediff.tensor.shaping import sort as sort
from sourcediff.tensor.shaping import split as split
from sourcediff.tensor.shaping import squeeze as squeeze
from sourcediff.tensor.shaping import stack as stack
from sourcediff.tensor.shaping import swapaxes as swapaxes
from sourcediff.tensor.shaping import swapdims as swapdims
from sourcediff.tensor.shaping import t as t
from sourcediff.tensor.shaping import tile as tile
from sourcediff.tensor.shaping import topk as topk
from sourcediff.tensor.shaping import transpose as transpose
from sourcediff.tensor.shaping import tril as tril
from sourcediff.tensor.shaping import triu as triu
from sourcediff.tensor.shaping import unbind as unbind
from sourcediff.tensor.shaping import unsqueeze as unsqueeze
from sourcediff.tensor.shaping import view as view
from sourcediff.tensor.shaping import vstack as vstack
from sourcediff.tensor.sizes import Size as Size
from sourcediff.tensor.sizes import device as device
from sourcediff.tensor.sizes import get_default_dtype as get_default_dtype
from sourcediff.tensor.sizes import set_default_dtype as set_default_dtype

inf, nan, pi, e = np.inf, np.nan, np.pi, np.e
FloatTensor = Tensor
