"""The TOML files of training: every wrong value stops with the file's name and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from codilingua.errors import SourceError
from codilingua.train.config import BiencoderConfig, CrossencoderConfig, Data, Optimiser, read_config

ROOT = Path(__file__).parents[2]
DATA = '[data]\ncatalog = "c.db"\npairs = ["p.tsv"]\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_what_is_left_out_has_its_default(path: Path) -> None:
    path.write_text(DATA)
    assert read_config(path, BiencoderConfig) == BiencoderConfig(Data(Path("c.db"), (Path("p.tsv"),)))


def test_what_is_given_is_taken(path: Path) -> None:
    path.write_text(
        'base = "x/y"\nlayers = 3\nmined = "m.npz"\nnegatives = 2\n'
        + DATA
        + 'share = 1\nwithout_languages = ["ca"]\n[optimiser]\nepochs = 7\nfreeze_words = false\n'
    )
    config = read_config(path, BiencoderConfig)
    data = Data(Path("c.db"), (Path("p.tsv"),), share=1.0, without_languages=("ca",))
    optimiser = Optimiser(epochs=7, freeze_words=False)
    assert config == BiencoderConfig(data, optimiser, base="x/y", layers=3, mined=Path("m.npz"), negatives=2)
    assert isinstance(config.data.share, float)


def test_a_table_begun_keeps_the_defaults_of_its_kind(path: Path) -> None:
    """The second stage has other defaults than the first, whether or not one of them is changed."""
    path.write_text('mined = "m.npz"\n' + DATA + "[optimiser]\nseed = 5\n")
    optimiser = read_config(path, CrossencoderConfig).optimiser
    assert (optimiser.epochs, optimiser.batch, optimiser.seed) == (1, 16, 5)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("base = ", "not TOML"),
        ("a = 1\na = 2\n" + DATA, "not TOML"),
        ("", "the file is empty"),
        ("temperature = 0.1", "data is missing: give one"),
        ('data = "x"', "data is 'x': give a table"),
        ('[data]\ncatalog = "c.db"', "data.pairs is missing: give one"),
        ('[data]\npairs = ["p"]', "data.catalog is missing: give one"),
        ('[data]\ncatalog = "c"\npairs = []', "pairs is empty: give at least one file"),
        ('[data]\ncatalog = "c"\npairs = "p"', "data.pairs is 'p': give a list of texts"),
        ('[data]\ncatalog = "c"\npairs = [1]', "data.pairs is [1]: give a list of texts"),
        ('[data]\ncatalog = 1\npairs = ["p"]', "data.catalog is 1: give a path"),
        (DATA + "share = 0.0", "share is 0.0: give more than 0, at most 1"),
        (DATA + "share = 1.5", "share is 1.5: give more than 0"),
        (DATA + "share = nan", "share is nan: give more than 0"),
        (DATA + "share = true", "data.share is True: give a number"),
        (DATA + 'official_only = "yes"', "data.official_only is 'yes': give true or false"),
        (DATA + 'without_languages = ["de"]', "without_languages has 'de': give some of en, es"),
        (DATA + "shard = 1", "unknown key data.shard: known are catalog, pairs"),
        ("temprature = 1\n" + DATA, "unknown key temprature: known are data, optimiser"),
        ("temperature = 0\n" + DATA, "temperature is 0.0: give more than 0, at most 1"),
        ("temperature = inf\n" + DATA, "temperature is inf: give more than 0"),
        ('temperature = "cold"\n' + DATA, "temperature is 'cold': give a number"),
        ("across = 1.1\n" + DATA, "across is 1.1: give 0 to 1"),
        ("synonyms = -0.1\n" + DATA, "synonyms is -0.1: give 0 to 1"),
        ("cluster = 0\n" + DATA, "cluster is 0: give 1 or more"),
        ("negatives = -1\n" + DATA, "negatives is -1: give 0 or more"),
        ("negatives = 1.5\n" + DATA, "negatives is 1.5: give a whole number"),
        ("layers = 0\n" + DATA, "layers is 0: give 1 or more"),
        ("layers = true\n" + DATA, "layers is True: give a whole number"),
        ('base = " "\n' + DATA, "base is ' ': give e5-small, a folder or a name on the hub"),
        ("base = 5\n" + DATA, "base is 5: give a text"),
        ("optimiser = 3\n" + DATA, "optimiser is 3: give a table"),
        (DATA + "[optimiser]\nepochs = 0", "epochs is 0: give 1 or more"),
        (DATA + "[optimiser]\nbatch = 1", "batch is 1: give 2 or more"),
        (DATA + "[optimiser]\nchunk = 0", "chunk is 0: give 1 or more"),
        (DATA + "[optimiser]\ncheckpoint_every = 0", "checkpoint_every is 0: give 1 or more"),
        (DATA + "[optimiser]\nseed = -1", "seed is -1: give 0 or more"),
        (DATA + "[optimiser]\nseed = 4294967296", "seed is 4294967296: give 0 to 4294967295"),
        (DATA + "[optimiser]\nclip = 0", "clip is 0.0: give more than 0"),
        (DATA + "[optimiser]\nclip = nan", "clip is nan: give more than 0"),
        (DATA + "[optimiser]\nlearning_rate = 2", "learning_rate is 2.0: give 0 to 1.0"),
        (DATA + "[optimiser]\nlearning_rate = nan", "learning_rate is nan: give 0 to 1.0"),
        (DATA + "[optimiser]\nwarm_up = 1.01", "warm_up is 1.01: give 0 to 1.0"),
        (DATA + "[optimiser]\nweight_decay = -1", "weight_decay is -1.0: give 0 to 1.0"),
        (DATA + "[optimiser]\ndropout = 1.0", "dropout is 1.0: give 0 to 0.9"),
        (DATA + "[optimiser]\nlr = 1", "unknown key optimiser.lr: known are epochs, batch"),
    ],
)
def test_a_wrong_value_is_refused(path: Path, content: str, said: str) -> None:
    path.write_text(content)
    with pytest.raises(SourceError) as caught:
        read_config(path, BiencoderConfig)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (DATA, "mined is missing: give one"),
        ('mined = "m"\ngroups = 0\n' + DATA, "groups is 0: give 1 or more"),
        ('mined = "m"\ncandidates = 1\n' + DATA, "candidates is 1: give 2 or more"),
        ('mined = "m"\ntokens = 7\n' + DATA, "tokens is 7: give 8 or more"),
        ('mined = "m"\nlayers = -1\n' + DATA, "layers is -1: give 1 or more"),
        ('mined = "m"\n' + DATA + "[optimiser]\nepochs = 0", "epochs is 0: give 1 or more"),
    ],
)
def test_so_for_the_second_stage(path: Path, content: str, said: str) -> None:
    path.write_text(content)
    with pytest.raises(SourceError) as caught:
        read_config(path, CrossencoderConfig)
    assert f"{path}: {said}" in str(caught.value)


def test_files_that_are_none(path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_config(path, BiencoderConfig)
    path.write_bytes(b'base = "\xff"')
    with pytest.raises(SourceError, match="not UTF-8"):
        read_config(path, BiencoderConfig)
    with pytest.raises(SourceError, match="cannot be read"):
        read_config(path.parent, BiencoderConfig)


def test_the_configs_that_ship_are_right() -> None:
    found = [*ROOT.glob("pipelines/configs/*.toml"), *ROOT.glob("examples/ranker/*.toml")]
    assert len(found) >= 5
    for config in found:
        read_config(config, CrossencoderConfig if "crossencoder" in config.name else BiencoderConfig)
