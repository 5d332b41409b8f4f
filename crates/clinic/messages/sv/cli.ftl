# Chairside's words: cli (sv)
