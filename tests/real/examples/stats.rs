use sdiff_real::cases::*; use sdiff_real::subject::*;
fn main(){ let a:Vec<String>=std::env::args().collect(); let f=if a[1]=="r"{Flavour::Realistic}else{Flavour::Hostile}; let lo:u64=a[2].parse().unwrap(); let hi:u64=a[3].parse().unwrap();
 for s in lo..hi{ eprint!("{s}\r"); let _=oracle(&Case::new(s,f)); } eprintln!("done"); if hi==lo+1 {println!("{}",serde_json::to_string(&sdiff_real::resolve::resolve(&Case::new(lo,f).profile,&Case::new(lo,f).place()).unwrap().unwrap().to_json()).unwrap());}}
