namespace broker {}
