name = "notes-from-file"
