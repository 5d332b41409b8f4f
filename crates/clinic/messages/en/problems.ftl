# Chairside's words: problems (en)
