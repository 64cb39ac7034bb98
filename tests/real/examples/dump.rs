use sdiff_real::cases::*;
fn main(){ let s:u64=std::env::args().nth(1).unwrap().parse().unwrap(); let c=Case::new(s,Flavour::Hostile); println!("{} {:?} {}",c.host.name,c.engine,serde_json::to_string(&sdiff_real::resolve::resolve(&c.profile,&c.place()).unwrap().unwrap().to_json()).unwrap()); }
