"""Trees become text, text becomes functions, errors find their way back."""

from sourcediff.emit.files import write_atomically as write_atomically
from sourcediff.emit.generated import pseudo_filename as pseudo_filename
from sourcediff.emit.helpers import NotStandalone as NotStandalone
from sourcediff.emit.load import load as load
from sourcediff.emit.module import standalone as standalone
from sourcediff.emit.notes import annotate as annotate
from sourcediff.emit.printer import Printed as Printed
from sourcediff.emit.printer import expression_text as expression_text
from sourcediff.emit.printer import print_program as print_program
from sourcediff.emit.unprintable import Unprintable as Unprintable
