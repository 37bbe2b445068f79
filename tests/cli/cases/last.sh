oat last
