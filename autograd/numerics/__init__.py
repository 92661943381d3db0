"""How the number of each row is computed, to the last few ulps over the whole double range.

floats     on Python floats, as IEEE-754 has it: nothing raises, nothing turns complex
precise    the functions that would lose digits if they were computed as they are defined
gamma      log Γ and its derivatives, on floats; gamma_arrays on arrays
arrays     the same on NumPy arrays, for compiled programs
foreign    NumPy's arrays and booleans, known without importing NumPy
"""
