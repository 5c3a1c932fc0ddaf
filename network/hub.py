"""The two files of a model from the Hugging Face Hub, or one sentence that says why not."""

import threading
from pathlib import Path

from core.errors import ModelError

HUB_TIMEOUT = 4.0  # s for the first answer; the library retries 23 s, minutes on a silent network


def download(repo_id: str, revision: str | None = None) -> tuple[Path, Path]:
    """config.json and model.safetensors of one commit, downloaded with a progress bar or cached."""
    from huggingface_hub import hf_hub_download

    problem = _hub_problem(repo_id, revision)
    # A copy in the cache starts the app although the Hub is away: then nothing more is asked of it.
    options = {"local_files_only": problem is not None, "tqdm_class": _progress_bar()}
    try:
        config = Path(hf_hub_download(repo_id, "config.json", revision=revision, **options))
        commit = config.parent.name  # so that the weights are those of this very config
        weights = Path(hf_hub_download(repo_id, "model.safetensors", revision=commit, **options))
    except Exception as error:  # the HTTP library's errors share no base across hub 1 and 2
        raise ModelError(_hub_sentence(repo_id, revision, problem or error)) from (problem or error)
    if problem is not None:
        print(f"The Hub does not serve {repo_id} now; using the cached commit {commit[:7]}.")
    return config, weights


def _hub_problem(repo_id: str, revision: str | None) -> Exception | None:
    """What one HEAD request for config.json raises, within HUB_PATIENCE; None when it is served.

    In a daemon thread: DNS and a row of dead addresses do not heed a request's timeout.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    outcome: list[Exception | None] = [TimeoutError(f"no answer in {HUB_TIMEOUT:.0f} s")]

    def ask():
        try:
            url = hf_hub_url(repo_id, "config.json", revision=revision)
            get_hf_file_metadata(url, timeout=HUB_TIMEOUT)
            outcome.append(None)
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(HUB_TIMEOUT)
    return outcome[-1]


def _hub_sentence(repo_id: str, revision: str | None, error: Exception) -> str:
    """What is wrong with a Hub source and what to do, in one sentence."""
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.HFValidationError):
        return (
            f"'{repo_id}' is neither a folder nor a .pth file here, "
            "nor a Hub repo id such as name/model."
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return (
            f"The Hub repo '{repo_id}' has no revision '{revision}': "
            "correct or unset MODEL_REVISION."
        )
    if isinstance(error, errors.RemoteEntryNotFoundError):
        return (
            f"The Hub repo '{repo_id}' lacks config.json or model.safetensors: "
            "publish the model again."
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return (
            f"The Hub has no model repo '{repo_id}' you may read: "
            "correct the name, or set HF_TOKEN if it is private."
        )
    if status in (401, 403):
        return (
            f"The Hub refused the token for '{repo_id}' ({status}): "
            "log in with `hf auth login`, or correct HF_TOKEN."
        )
    words = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
    reason = f"HTTP {status}" if status else words
    if isinstance(error, errors.OfflineModeIsEnabled):
        reason = "HF_HUB_OFFLINE is set"
    return (
        f"'{repo_id}' is not in the cache and the Hub could not deliver it ({reason}): "
        "check the network, or run offline with the embedded weights by unsetting MODEL_REPO_ID."
    )


def _progress_bar() -> type:
    """The Hub's own bar, shown also where stderr is a log file (Docker, Spaces)."""
    from huggingface_hub.utils import are_progress_bars_disabled, tqdm

    class DownloadBar(tqdm):
        def __init__(self, *args, **kwargs):
            kwargs["disable"] = are_progress_bars_disabled()
            super().__init__(*args, **kwargs)

    return DownloadBar
