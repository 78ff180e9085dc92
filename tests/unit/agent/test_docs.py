"""The examples of `agent.toml` in the documentation: each is one that an agent starts with."""

import re
from pathlib import Path
from typing import Final

import pytest

from agent.config import load_config

ROOT: Final = Path(__file__).resolve().parents[3]
BLOCK: Final = re.compile(r"^( *)```toml\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
USER: Final = (
    'user = "noc"\nauth_proto = "SHA-256"\nauth_key = "authpass1"\npriv_proto = "AES-128"\npriv_key = "privpass1"\n'
)


def examples() -> dict[str, str]:
    found: dict[str, str] = {}
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            found[f"{page.relative_to(ROOT)}:{line}"] = re.sub(rf"(?m)^{block[1]}", "", block[2])
    return found


EXAMPLES: Final = examples()


def lay_out(folder: Path, text: str) -> None:
    """Put the files and directories there that an example names."""
    for key, name in re.findall(r'(?m)(\w+_file|timetable) *= *"([^"]+)"', text):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(USER if key == "user_file" else "user:secret\n", encoding="utf-8")
        file.chmod(0o600)
    for listed in re.findall(r"(?m)^profiles *= *\[([^\]]*)\]", text):
        for name in re.findall(r'"([^"]+)"', listed):
            (folder / name).mkdir()


@pytest.mark.parametrize("where", EXAMPLES)
def test_an_example_of_agent_toml_is_understood(where: str, tmp_path: Path) -> None:
    text = EXAMPLES[where]
    lay_out(tmp_path, text)
    if not re.search(r"(?m)^\[agent\]", text):
        text += '\n[agent]\nsite = "east"\n'
    file = tmp_path / "agent.toml"
    file.write_text(text, encoding="utf-8")
    assert load_config(file, {})


def test_the_documentation_has_examples() -> None:
    assert len(EXAMPLES) > 15
