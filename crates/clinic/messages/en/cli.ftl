# Chairside's words: cli (en)
