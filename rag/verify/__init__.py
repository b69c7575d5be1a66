"""A sentence against its evidence: is each word of it carried, and does it answer?"""
