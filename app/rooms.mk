# the business rooms, from left to right; libraries in link order
