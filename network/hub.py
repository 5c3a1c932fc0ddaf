"""Download the two files of a model from the Hugging Face Hub.

    config, weights = download("name/model")

Every failure is a ModelError whose sentence says what to do.
"""

import threading
from pathlib import Path

from core.errors import ModelError

MAX_SHOWN = 100  # characters of a name in a sentence
HUB_TIMEOUT = 4.0  # s until the Hub's first answer; the library itself retries for 23 s or more


def download(repo_id: str, revision: str | None = None) -> tuple[Path, Path]:
    """Download a model, or take it from the cache.

    Parameters
    ----------
    repo_id : str
        For example "name/model".
    revision : str, optional
        Branch, tag or commit; the default is the main branch.

    Returns
    -------
    config : Path
        config.json in the cache.
    weights : Path
        model.safetensors of the same commit.

    Raises
    ------
    ModelError
        If the Hub does not deliver the files and the cache does not hold them.
    """
    from huggingface_hub import hf_hub_download

    problem = _hub_problem(repo_id, revision)
    # After a failed request only the cache is used, so that the app starts without the Hub.
    options = {"local_files_only": problem is not None, "tqdm_class": _progress_bar()}
    try:
        config = Path(hf_hub_download(repo_id, "config.json", revision=revision, **options))
        commit = config.parent.name  # config and weights must be of one commit
        weights = Path(hf_hub_download(repo_id, "model.safetensors", revision=commit, **options))
    except Exception as error:  # huggingface_hub 1 and 2 raise HTTP errors without a common base
        raise ModelError(_hub_sentence(repo_id, revision, problem or error)) from (problem or error)
    if problem is not None:
        print(f"The Hub does not serve {repo_id} now; using the cached commit {commit[:7]}.")
    return config, weights


def _hub_problem(repo_id: str, revision: str | None) -> Exception | None:
    """Return the exception of one HEAD request for config.json, or None if the Hub serves it.

    The request runs in a daemon thread and is abandoned after HUB_TIMEOUT: the timeout of a request
    does not cover the resolution of names, nor several addresses that do not answer.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    outcome: list[Exception | None] = [TimeoutError(f"no answer in {HUB_TIMEOUT:.0f} s")]

    def send_request():
        try:
            url = hf_hub_url(repo_id, "config.json", revision=revision)
            get_hf_file_metadata(url, timeout=HUB_TIMEOUT)
            outcome.append(None)
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=send_request, daemon=True)
    thread.start()
    thread.join(HUB_TIMEOUT)
    return outcome[-1]


def _hub_sentence(repo_id: str, revision: str | None, error: Exception) -> str:
    """Return one sentence: the cause of a failed download and the remedy."""
    from huggingface_hub import errors

    if isinstance(error, errors.HFValidationError):
        return (
            f"'{repo_id[:MAX_SHOWN]}' is neither a folder nor a .pth file here, "
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
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return (
            f"The Hub refused the token for '{repo_id}' ({status}): "
            "log in with `hf auth login`, or correct HF_TOKEN."
        )
    return (
        f"'{repo_id}' is not in the cache and the Hub could not deliver it "
        f"({_reason(error, status)}): check the network, or run offline with the embedded weights "
        "by unsetting MODEL_REPO_ID."
    )


def _reason(error: Exception, status: int | None) -> str:
    """Return the few words that name a failure of the network."""
    from huggingface_hub import errors

    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if status:
        return f"HTTP {status}"
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")


def _progress_bar() -> type:
    """Return the Hub's progress bar, which also prints to a log file (Docker, Spaces)."""
    from huggingface_hub.utils import are_progress_bars_disabled, tqdm

    class DownloadBar(tqdm):
        def __init__(self, *args, **kwargs):
            kwargs["disable"] = are_progress_bars_disabled()
            super().__init__(*args, **kwargs)

    return DownloadBar
