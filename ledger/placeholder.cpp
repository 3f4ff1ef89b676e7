namespace ledger {}
