"""Names of models that no earlier run gave to another photo, and the photos that are done.

A model is never replaced by that of another photo. Photos are compared by content: a photo that
takes the place of another one at the same address gets a model of its own.
"""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from batch.results.manifest import Manifest
from batch.results.records import JobRecord
from batch.sources.jobs import Job, content_digest, with_digest

READ_THREADS = 8  # reading photos from a disk or a store


class ModelNames:
    """The names that an output folder's manifest and files leave for a run's jobs.

    Parameters
    ----------
    manifest : Manifest
        The manifest of the output folder.
    """

    def __init__(self, manifest: Manifest):
        self.manifest = manifest
        self.owners: dict[str, list[JobRecord]] = defaultdict(list)  # by name, in lower case
        for record in manifest.all_records:
            if record.main_file:
                self.owners[record.main_file.casefold()].append(record)
        self.existing = {_stem(file).casefold() for file in manifest.existing_files}

    def assign(self, jobs: list[Job]) -> tuple[list[Job], dict[Job, str]]:
        """Give each job a name that belongs to no other photo.

        Parameters
        ----------
        jobs : list of Job
            All jobs of the run.

        Returns
        -------
        jobs : list of Job
            The jobs, in order, some with other names.
        digests : dict of Job and str
            Digest of the content of each job whose photo was compared.
        """
        must_compare = [
            job
            for job in jobs
            if job.key in self.manifest.by_job or job.main_file.casefold() in self.owners
        ]
        with ThreadPoolExecutor(READ_THREADS) as pool:
            contents = pool.map(content_digest, [job.input for job in must_compare])
            digests = dict(zip(must_compare, contents, strict=True))
        named = [self._assign(job, digests.get(job, "")) for job in jobs]
        pairs = zip(jobs, named, strict=True)
        return named, {new: digests[job] for job, new in pairs if job in digests}

    def _assign(self, job: Job, content: str) -> Job:
        """Return the job with its recorded name, its own name, or one with a digest."""
        for record in self.manifest.of_job(job):
            if record.job_name and is_same_content(record, content):
                return replace(job, name=record.job_name)
        for candidate in (job, with_digest(job), with_digest(job, content)):
            name = candidate.main_file.casefold()
            if all(self._is_own(owner, job, content) for owner in self.owners.get(name, [])):
                may_exist = name in self.existing and name not in self.owners
                return replace(candidate, may_exist=may_exist)
        return with_digest(job, content)

    @staticmethod
    def _is_own(owner: JobRecord, job: Job, content: str) -> bool:
        """Return True if a record is of the same photo and box, also at another address."""
        if owner.job_key == job.key:
            return is_same_content(owner, content)
        same_box = owner.job_key[1] == job.key[1]
        return same_box and bool(content) and owner.digest == content


def is_same_content(record: JobRecord, content: str) -> bool:
    """Return True if a photo is the record's; records of earlier versions have no digest."""
    return not record.digest or record.digest == content


def _stem(file: str) -> str:
    """Return the path of a model's file without its suffix."""
    return file.rpartition(".")[0]
