"""The screen: what is spreading, how fast, is it real; reads the store and writes nothing."""
