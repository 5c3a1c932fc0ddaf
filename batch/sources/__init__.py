"""Sources of a run: photos in files, folders, archives and tables, without results of a run."""
