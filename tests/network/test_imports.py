"""Loading a model imports no heavy module: each one takes memory of every server."""

import subprocess
import sys

HEAVY = ("torch._dynamo", "torchvision", "triton", "sympy")  # torch's compiler: 200 MB, seconds


def test_a_loaded_model_leaves_torchs_compiler_out():
    code = (
        "import sys; from voxel_model import load_model; load_model(device='cpu'); "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
