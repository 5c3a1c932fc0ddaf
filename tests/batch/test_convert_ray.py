"""convert.py --ray with S3 (moto's server) and a worker that is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fsspec
import psutil
import pytest
from moto.server import ThreadedMotoServer

from batch.cluster import gpu_share

ROOT = Path(__file__).resolve().parents[2]
PICTURES = 32
TIMEOUT = 150  # seconds; Ray and torch start in three processes, on a busy machine


@pytest.fixture
def bucket(monkeypatch, picture):
    """A bucket of photos, one of them damaged; the environment has its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    store = fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False)
    store.mkdir("shop")
    for n in range(PICTURES - 1):
        store.pipe_file(f"shop/photos/{n:02}.jpg", picture.read_bytes())
    store.pipe_file("shop/photos/broken.jpg", picture.read_bytes()[:500])
    yield store
    server.stop()


def test_workers_share_gpus():
    assert [gpu_share(2, 0), gpu_share(2, 8), gpu_share(4, 1), gpu_share(3, 2)] == [0, 1, 0.25, 0.5]


def models(store) -> list[str]:
    return store.glob("shop/models/*.glb")


def kill_a_worker(driver: subprocess.Popen) -> int:
    """Kill one of the driver's processes that have a model."""
    workers = [
        child
        for child in psutil.Process(driver.pid).children(recursive=True)
        if "MapWorker" in " ".join(child.cmdline())
    ]
    assert len(workers) == 2
    workers[0].send_signal(signal.SIGKILL)
    return workers[0].pid


def test_photos_of_a_killed_worker_are_converted(bucket, checkpoint, tmp_path):
    log = (tmp_path / "log.txt").open("w+")
    command = [sys.executable, "convert.py", "s3://shop/photos", "-o", "s3://shop/models"]
    command += ["--model", str(checkpoint), "--ray", "--workers", "2", "--batch", "2"]
    driver = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=os.environ)
    try:
        end = time.monotonic() + TIMEOUT
        while not models(bucket) and driver.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        killed = kill_a_worker(driver)
        assert 0 < len(models(bucket)) < PICTURES - 1  # not all yet
        status = driver.wait(timeout=TIMEOUT)
    finally:
        driver.kill()
        log.seek(0)
    printed = log.read()
    assert not psutil.pid_exists(killed)
    assert status == 1 and f"{PICTURES - 1} of {PICTURES} pictures" in printed, printed
    assert "broken.jpg: " in printed and "Traceback" not in printed
    lines = [
        json.loads(line)
        for part in bucket.glob("shop/models/manifest-*.jsonl")
        for line in bucket.cat_file(part).splitlines()
    ]
    inputs = [line["input"] for line in lines]
    assert len(inputs) == len(set(inputs)) == PICTURES  # one record each
    assert len(models(bucket)) == PICTURES - 1
    assert all(bucket.cat_file(path)[:4] == b"glTF" for path in models(bucket))
