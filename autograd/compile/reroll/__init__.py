"""Re-roll: find the array operations that the scalars came from, and make a plan of them.

groups      like nodes of one level form one group; the order of its members decides how fast a replay is
grids       sums of products that form a full grid are a matrix product
products    a group of sums of products, as matrix products and sums
addresses   in which storage, and at which position in it, each node lies
"""
