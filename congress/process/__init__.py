"""One process engine for every matter: a book says which moves there are, a replay of events says where it stands."""
