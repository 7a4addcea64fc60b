"""Where uploaded files are kept: in `data/uploads`, or wherever UPLOADS_URL says.

A folder (`file:///srv/uploads`), or a bucket that all hosts share (`s3://bucket/prefix`, `gs://...`,
`az://...`; needs `pip install 'routegen[s3]'`, and the credentials in the provider's own variables).
"""

import os
from pathlib import Path

from routegen.uploads import Storage, open_storage

HERE = Path(__file__).resolve().parent.parent / "data" / "uploads"


def storage() -> Storage:
    """The storage that the environment names; outside `app/`, so that no upload becomes code."""
    return open_storage(os.environ.get("UPLOADS_URL") or HERE.as_uri())
