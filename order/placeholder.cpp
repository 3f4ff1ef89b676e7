namespace order {}
