namespace stream {}
