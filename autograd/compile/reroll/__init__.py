"""Re-roll: find the array operations that the scalars came from; what comes of it is a plan.

groups      like nodes of one level form one group; the order of its members decides how fast the replay is
grids       sums of products that form a full grid are a matrix product
products    a group of sums of products as a step of the plan
places      in which group, and where in it, each node lies
"""
