"""Common English words: those that say nothing of what a text is about, opposites, odd forms."""

STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be because been before being between both but "
    "by can could did do does doing down during each even few for from further had has have having "
    "he her here hers him his how i if in into is it its itself just me more most my no nor not of "
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

# Words that begin a sentence, with a capital, and are no names.
OPENERS = frozenset(
    "according across additionally almost along alongside although among amongst another apart "
    "around beside besides beyond currently despite during each earlier early either eventually "
    "every everyone finally furthermore hence however indeed initially instead late later like "
    "likewise many meanwhile moreover much near nevertheless next nobody none nonetheless nor "
    "nothing one originally others otherwise overall people per perhaps rather recently several "
    "similarly since somebody someone sometimes soon still subsequently there therefore though "
    "thus today together tomorrow towards two ultimately unlike upon usually various via whether "
    "within without yes yesterday yet".split()
)

# Irregular forms, each with the word that it is a form of. Forms that are words of their own more
# often ("found", "left", "saw", "lay", "felt") are not here.
IRREGULAR = {
    form: line.split()[0]
    for line in """
    beat beaten
    become became
    begin began begun
    bite bit bitten
    break broke broken
    bring brought
    build built
    buy bought
    catch caught
    child children
    choose chose chosen
    come came
    die dying
    draw drew drawn
    drink drank drunk
    drive drove driven
    eat ate eaten
    fall fell fallen
    fight fought
    fly flew flown
    forget forgot forgotten
    forgive forgave forgiven
    freeze froze frozen
    get got gotten
    give gave given
    go went gone
    grow grew grown
    hear heard
    hide hid hidden
    hold held
    keep kept
    know knew known
    lead led
    lend lent
    lose lost
    make made
    man men
    mean meant
    meet met
    pay paid
    ride rode ridden
    rise rose risen
    run ran
    say said
    seek sought
    sell sold
    send sent
    shoot shot
    sing sang sung
    sink sank sunk
    sit sat
    sleep slept
    speak spoke spoken
    spend spent
    stand stood
    steal stole stolen
    strike struck
    swear swore sworn
    swim swam swum
    take took taken
    teach taught
    tell told
    think thought
    throw threw thrown
    wear wore worn
    win won
    woman women
    write wrote written
    arise arose arisen
    awake awoke awoken
    burst burst
    cost cost
    cut cut
    hit hit
    hurt hurt
    let let
    put put
    quit quit
    set set
    shut shut
    split split
    spread spread
    bend bent
    blow blew blown
    breed bred
    cling clung
    creep crept
    deal dealt
    dig dug
    feed fed
    flee fled
    foot feet
    hang hung
    kneel knelt
    lay laid
    leap leapt
    mistake mistook mistaken
    overcome overcame
    rebuild rebuilt
    see seen
    shake shook shaken
    shine shone
    show shown
    shrink shrank shrunk
    slide slid
    spring sprang sprung
    stick stuck
    sting stung
    sweep swept
    swing swung
    tear tore torn
    thief thieves
    tooth teeth
    undertake undertook undertaken
    wake woke woken
    weave wove woven
    weep wept
    wife wives
    withdraw withdrew withdrawn
    wolf wolves
    """.strip().splitlines()
    for form in line.split()[1:]
}
