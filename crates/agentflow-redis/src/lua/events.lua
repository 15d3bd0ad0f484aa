-- The events that wait, oldest first.
local names = names_under('e')
return {names, values_of(names)}
