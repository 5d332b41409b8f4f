# Chairside's words: desk (en)
