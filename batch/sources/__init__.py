"""What to convert: photos in files, folders, archives and tables, without own outputs."""
