"""Settings that are secrets, from files that ``IBID_…_FILE`` names, as container engines do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from rag.errors import SettingsError


class SecretFiles(PydanticBaseSettingsSource):
    """A source of settings: for each that is a secret, the file that its variable names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The secret of one setting; None where no file is named."""
        variable = f"IBID_{field_name.upper()}_FILE"
        file = os.environ.get(variable) if holds_secret(field) else None
        try:
            return (Path(file).read_text("utf-8").strip() if file else None), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{variable}: {error}; mend it") from None

    def __call__(self) -> dict[str, Any]:
        """All of them by name."""
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: secret for name, secret in found.items() if secret}


def holds_secret(field: FieldInfo) -> bool:
    """Whether a setting is a secret."""
    return SecretStr in (field.annotation, *get_args(field.annotation))
