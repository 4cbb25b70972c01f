"""Ids as addresses and forms carry them: bounded, so that a number no database can hold is simply not found."""

from typing import Annotated

from fastapi import Form, Path, Query

_LARGEST = 2**53
PathId = Annotated[int, Path(ge=1, le=_LARGEST)]
FormId = Annotated[int, Form(ge=1, le=_LARGEST)]
QueryId = Annotated[int | None, Query(ge=1, le=_LARGEST)]
