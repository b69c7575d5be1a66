"""Common English words: those that say nothing of what a text is about, and opposites."""

STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be because been before being between both but "
    "by can could did do does doing down during each few for from further had has have having he "
    "her here hers him his how i if in into is it its itself just me more most my no nor not of "
    "off on once only or other our out over own s same she should so some such t than that the "
    "their them then there these they this those through to too under until up upon was we were "
    "what when where which while who whom whose why will with would you your".split()
)

# Each line: words that point one way | words that point the other.
OPPOSITES = tuple(
    tuple(line.strip().split(" | "))
    for line in """
    increase rise rose grow grew gain climb up expand | decrease fall fell drop decline down shrink
    more higher greater larger bigger above over exceed | less fewer lower smaller below under
    most highest greatest largest biggest maximum | least fewest lowest smallest minimum
    before earlier prior | after later following
    first earliest oldest | last latest newest youngest final
    north northern northward | south southern southward
    east eastern eastward | west western westward
    win won victory beat | lose lost loss
    accept agree approve support allow | reject oppose refuse forbid ban
    begin began start open | end finish close stop cease
    man men boy father son husband brother | woman women girl mother daughter wife sister
    rich | poor
    import | export
    buy bought | sell sold
    hot warm | cold cool
    inside within | outside
    always | never
    left | right
    possible | impossible
    legal | illegal
    true | false
    positive | negative
    public | private
    major | minor
    succeed success | fail failure
    faster fast quick | slower slow
    longer long | shorter short
    older old | younger young newer new
    arrive | leave depart
    alive | dead
    better best | worse worst
    both | neither
    """.strip().splitlines()
)
