-- A buy in PostgreSQL: one call decides about the key, the stock and the order, in one transaction. The same key gets the
-- same order again. 0: there is no such item, or it is sold out.
CREATE TABLE items(id bigint PRIMARY KEY, title text NOT NULL, topic text NOT NULL, price bigint NOT NULL,
                   stock bigint NOT NULL CHECK (stock >= 0)) WITH (fillfactor = 50);
CREATE TABLE orders(no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key bigint NOT NULL UNIQUE, item bigint NOT NULL,
                    quantity bigint NOT NULL, price bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());

CREATE FUNCTION buy(asked_key bigint, asked_item bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  given bigint;
  paid bigint;
BEGIN
  SELECT no INTO given FROM orders WHERE key = asked_key;
  IF FOUND THEN RETURN given; END IF;
  UPDATE items SET stock = stock - 1 WHERE id = asked_item AND stock >= 1 RETURNING price INTO paid;
  IF NOT FOUND THEN RETURN 0; END IF;
  INSERT INTO orders(key, item, quantity, price) VALUES (asked_key, asked_item, 1, paid) RETURNING no INTO given;
  RETURN given;
END $$;

INSERT INTO items SELECT i, 'Bench item ' || i, 'bench', 999, 1000000000 FROM generate_series(1, 1000) AS i;
VACUUM ANALYZE;
