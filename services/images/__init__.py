"""A picture from a person, made into what an image endpoint reads well: a small upright JPEG.

The reading itself is done by decoders, processes of their own (`services.decoder`); here is what
people are told of it, and who starts and ends them.
"""

from services.decoder.values import MOST_BYTES
from services.images.decoders import Decoders
from services.images.words import Normalised

__all__ = ["MOST_BYTES", "Decoders", "Normalised"]
