# Chairside's words: desk (sv)
