"""The pure core: errors, ids, time, text, canonical forms, tokens, and the ports that adapters implement."""
