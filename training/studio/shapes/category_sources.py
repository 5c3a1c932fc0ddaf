"""Sources of the shapes of each category: a generator of `furniture`, CAD models, or both.

models = models_by_category(pool, ("lamp", "chair"))
chunks = cad_chunks(64, 0.4, ("lamp", "chair"), (1.0, 1.0), models)    # lamps have no generator
"""

from collections.abc import Sequence

from core.categories import CATEGORIES
from furniture import generators
from training.studio.shapes.cad import CadError, CadModel


def models_by_category(pool: Sequence[CadModel], categories: Sequence[str]) -> list[list[CadModel]]:
    """Returns the models of each category; the models of other categories are left out.

    Raises
    ------
    CadError
        If all models are of other categories.
    """
    models = [[m for m in pool if m.category == category] for category in categories]
    if pool and not any(models):
        held = sorted({model.category for model in pool})
        raise CadError(
            f"The file of shapes holds {', '.join(held)} and nothing of {', '.join(categories)}; "
            f"name its categories with --categories {' '.join(held)}."
        )
    return models


def procedural_shares(shares: Sequence[float], categories: Sequence[str]) -> tuple[float, ...]:
    """Returns the share of each of CATEGORIES for `furniture.pieces.make_pieces`.

    Parameters
    ----------
    shares : sequence of float
        Share of each of `categories`.
    categories : sequence of str
        Categories of the bank; the others of CATEGORIES get 0.
    """
    wanted = dict(zip(categories, shares, strict=True))
    return tuple(float(wanted.get(name, 0)) for name in CATEGORIES)


def cad_chunks(
    chunks: int,
    cad_share: float,
    categories: Sequence[str],
    shares: Sequence[float],
    models: Sequence[Sequence[CadModel]],
) -> int:
    """Returns the number of chunks of a bank that hold CAD models.

    Parameters
    ----------
    chunks : int
        Chunks of the bank.
    cad_share : float
        Wanted share of CAD models. It grows to the share of the categories without a generator.
    categories, shares : sequence
        Names and shares of the categories.
    models : sequence of sequence of CadModel
        Result of `models_by_category`.

    Raises
    ------
    CadError
        If a category with a share above 0 has neither a generator nor a model.
    """
    drawn = [row for row in zip(categories, shares, models, strict=True) if row[1] > 0]
    foreign = [(share, own) for name, share, own in drawn if name not in generators()]
    missing = [name for name, _, own in drawn if name not in generators() and not own]
    if missing:
        raise CadError(
            f"No shape of {', '.join(missing)} is there; import some with python -m training.data "
            "import and name the file with --studio cad=FILE, or --cad FILE where a command has it."
        )
    if not any(own for *_, own in drawn):
        return 0
    if not foreign:
        return round(cad_share * chunks)
    if len(foreign) == len(drawn):
        return chunks
    alone = sum(share for share, _ in foreign) / sum(share for _, share, _ in drawn)
    return max(1, round(max(cad_share, alone) * chunks))
