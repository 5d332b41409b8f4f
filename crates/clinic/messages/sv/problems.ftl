# Chairside's words: problems (sv)
