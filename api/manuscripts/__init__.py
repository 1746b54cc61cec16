"""Manuscripts in words: what services found, written as the papers that an office prints, signs and hands round."""
