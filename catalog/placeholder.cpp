namespace catalog {}
