namespace frontend {}
