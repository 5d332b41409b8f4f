# What an operator reads: on the command line and on the operator's page.

clinic-added = The clinic is added. Its id is { $clinic }

refused-otherwise = It was not done: { $about }
refused-no-store = There is no store in { $about }. Nothing was done.
refused-store-in-use = The store in { $about } is in use by a process that does not answer. Nothing was done.
refused-store-newer = The store was written by a newer version of chairside-central. Nothing was changed; use that version, or a newer one.
refused-not-a-store = { $about } is no store of chairside-central. Nothing was changed.
refused-disk-full = The disk is full. Nothing was changed; make room and try again.
refused-store-read-only = The store cannot be written to. See who owns the folder, and whether the disk is mounted for writing.
refused-store-damaged = The store is damaged ({ $about }). Bring a backup back: chairside-central restore.
refused-clinic-unknown = There is no clinic { $about }.
refused-clinic-known = The clinic { $about } is there already. Nothing was changed.
refused-no-answer = The running service went away before it answered ({ $about }). Look whether it was done before trying again.
refused-unknown-ask = The running service does not know this command: it is of another version ({ $about }).
