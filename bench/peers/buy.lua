#!lua name=shop
-- A buy in Redis: one function decides about the key, the stock and the order. Redis runs nothing in between. The same key
-- gets the same order again. 0: there is no such item, or it is sold out.
--
-- FCALL buy 1 KEY ITEMS: buys one piece of the item 1 + KEY modulo ITEMS.
redis.register_function('buy', function(keys, args)
  local given = redis.call('GET', 'key:' .. keys[1])
  if given then return tonumber(given) end
  local item = string.format('item:%012d', 1 + tonumber(keys[1]) % tonumber(args[1]))
  local stock = tonumber(redis.call('HGET', item, 'stock'))
  if not stock or stock < 1 then return 0 end
  local no = redis.call('INCR', 'orders')
  redis.call('HINCRBY', item, 'stock', -1)
  redis.call('HSET', 'order:' .. no, 'key', keys[1], 'item', item, 'quantity', 1, 'price', 999)
  redis.call('SET', 'key:' .. keys[1], no)
  return no
end)
