(** * PrunedLayer: one layer of a pruned sign network, on combinations of atoms.

    A layer's [state] lists the neurons that are not zero, in increasing order, with what they compute.
    [edges] lists the sources with their kept targets. [preactivations] sends every source's row along
    its edges, with their signs, and adds up what arrives; [preactivations_ok]: that is the matrix of
    the pruned layer times the vector of the sources' values. *)
Require Import ZArith List Bool Reals Lra Lia Arith.
From Pmone Require Import Sums Combinations.
Import ListNotations.
Local Open Scope nat_scope.

Definition state : Type := list (nat * row).
Definition edges : Type := list (nat * list nat).

Fixpoint get (st : state) (c : nat) : row :=
  match st with [] => [] | (k, r) :: st' => if Nat.eqb k c then r else get st' c end.

(** ** increasing lists *)
Fixpoint above (a : nat) (l : list nat) : bool :=
  match l with [] => true | b :: l' => if Nat.ltb a b then above b l' else false end.
Definition increasing (l : list nat) : bool := match l with [] => true | a :: l' => above a l' end.
Fixpoint below (n : nat) (l : list nat) : bool :=
  match l with [] => true | a :: l' => if Nat.ltb a n then below n l' else false end.
Lemma above_lt l : forall a, above a l = true -> forall b, In b l -> a < b.
Proof.
  induction l as [|c l IH]; intros a H b Hb; [easy|]. cbn [above] in H.
  destruct (Nat.ltb_spec a c); [|discriminate]. destruct Hb as [<-|Hb]; auto.
  specialize (IH c H b Hb). lia.
Qed.
Lemma above_increasing a l : above a l = true -> increasing l = true.
Proof. destruct l as [|b l]; cbn [above increasing]; auto. destruct (Nat.ltb a b); [auto|intros; discriminate]. Qed.
Lemma increasing_NoDup l : increasing l = true -> NoDup l.
Proof.
  induction l as [|a l IH]; intros H; constructor.
  - intros X. pose proof (above_lt l a H a X). lia.
  - apply IH, (above_increasing a), H.
Qed.
Lemma below_all n l : below n l = true -> forall a, In a l -> a < n.
Proof.
  induction l as [|b l IH]; intros H a Ha; [easy|]. cbn [below] in H.
  destruct (Nat.ltb_spec b n); [|discriminate]. destruct Ha as [<-|Ha]; auto.
Qed.
Definition targets_ok (n : nat) (ts : list nat) : bool := if increasing ts then below n ts else false.
(** the same for lists that are headed by numbers *)
Fixpoint above_key {A} (a : nat) (l : list (nat * A)) : bool :=
  match l with [] => true | (b, _) :: l' => if Nat.ltb a b then above_key b l' else false end.
Definition sorted {A} (l : list (nat * A)) : bool := match l with [] => true | (a, _) :: l' => above_key a l' end.
Lemma sorted_increasing {A} (l : list (nat * A)) : sorted l = increasing (map fst l).
Proof.
  destruct l as [|[a x] l]; auto. cbn [sorted map fst increasing]. revert a.
  induction l as [|[b y] l IH]; intros a; cbn [above_key map fst above]; auto. rewrite IH. auto.
Qed.
(** sources among n neurons, targets among n' *)
Definition edges_ok (n n' : nat) (E : edges) : bool :=
  sorted E && forallb (fun e => Nat.ltb (fst e) n && targets_ok n' (snd e)) E.
Lemma edges_ok_sources n n' E : edges_ok n n' E = true ->
  increasing (map fst E) = true /\ (forall e, In e E -> fst e < n) /\ forall e, In e E -> NoDup (snd e).
Proof.
  unfold edges_ok. rewrite andb_true_iff, sorted_increasing. intros [H1 H2]. rewrite forallb_forall in H2.
  split; [auto|split]; intros e He; specialize (H2 e He); apply andb_true_iff in H2 as [H2 H3].
  - apply Nat.ltb_lt. auto.
  - unfold targets_ok in H3. apply increasing_NoDup. destruct (increasing (snd e)); [auto|discriminate].
Qed.

(** the mask *)
Definition keeps (E : edges) (r c : nat) : bool :=
  existsb (fun e => Nat.eqb (fst e) c && mem r (snd e)) E.

(** ** what arrives at each neuron, as sums that are not carried out yet *)
Inductive arrivals := Plus (r : row) | Minus (r : row) | Two (a b : arrivals).
Definition gathered : Type := list (nat * arrivals).

Section Layer.
Variable sg : nat -> nat -> bool.                   (* source, target: the sign, true for +1 *)
Variable sgs : nat -> list nat -> list bool.        (* the signs of one source's edges *)
Hypothesis sgs_ok : forall c ts, sgs c ts = map (sg c) ts.

(** what one source sends along its edges: plus where the sign is +1, else minus *)
Fixpoint spread (plus minus : arrivals) (ts : list nat) (ss : list bool) (acc : gathered) : gathered :=
  match ts, ss with
  | t :: ts', s :: ss' => spread plus minus ts' ss' ((t, if s then plus else minus) :: acc)
  | _, _ => rev_append acc []
  end.
(** the sources that are not zero; both lists increase *)
Fixpoint send (st : state) : edges -> list gathered -> list gathered :=
  match st with
  | [] => fun _ acc => acc
  | (k, x) :: st' =>
    fix go (E : edges) (acc : list gathered) : list gathered :=
      match E with
      | [] => acc
      | (c, ts) :: E' =>
        match Nat.compare k c with
        | Lt => send st' E acc
        | Eq => send st' E' (match x with [] => acc | _ => spread (Plus x) (Minus x) ts (sgs c ts) [] :: acc end)
        | Gt => go E' acc
        end
      end
  end.
Fixpoint merge (a : gathered) : gathered -> gathered -> gathered :=
  match a with
  | [] => fun b acc => rev_append acc b
  | (i, x) :: a' =>
    fix go (b acc : gathered) : gathered :=
      match b with
      | [] => rev_append acc a
      | (j, y) :: b' =>
        match Nat.compare i j with
        | Lt => merge a' b ((i, x) :: acc)
        | Eq => merge a' b' ((i, Two x y) :: acc)
        | Gt => go b' ((j, y) :: acc)
        end
      end
  end.
Fixpoint merge_pairs (l acc : list gathered) : list gathered :=
  match l with
  | a :: b :: l' => merge_pairs l' (merge a b [] :: acc)
  | [a] => a :: acc
  | [] => acc
  end.
Fixpoint merge_all (fuel : nat) (l : list gathered) : gathered :=
  match l with
  | [] => []
  | [a] => a
  | _ => match fuel with
         | O => fold_left (fun x y => merge x y []) l []
         | S f => merge_all f (merge_pairs l [])
         end
  end.
Fixpoint flatten (a : arrivals) (acc : list row) : list row :=
  match a with Plus r => r :: acc | Minus r => rneg r :: acc | Two x y => flatten x (flatten y acc) end.
(** the sums are carried out; zero rows are left out *)
Fixpoint finish (g : gathered) (acc : state) : state :=
  match g with
  | [] => rev_append acc []
  | (t, a) :: g' => finish g'
      (match a with
       | Plus r => (t, r) :: acc
       | Minus r => (t, rneg r) :: acc
       | Two _ _ => match total (flatten a []) with [] => acc | r => (t, r) :: acc end
       end)
  end.
Definition preactivations (st : state) (E : edges) : state :=
  finish (merge_all 64 (send st E [])) [].

(** ** what it means *)
Local Open Scope R_scope.
Variable a : nat -> R.
(** what arrives at neuron q *)
Definition arrives (q : nat) (g : gathered) : R :=
  rsum (fun p => bitR (fst p =? q)%nat * many a (flatten (snd p) [])) g.
Definition holds (q : nat) (st : state) : R :=
  rsum (fun p => bitR (fst p =? q)%nat * ev a (snd p)) st.

Lemma flatten_ok x : forall acc, many a (flatten x acc) = many a (flatten x []) + many a acc.
Proof.
  unfold many. induction x as [r|r|x IHx y IHy]; intros acc; cbn [flatten rsum]; [lra|lra|].
  rewrite IHx, IHy. rewrite (IHx (flatten y [])). lra.
Qed.
Lemma rev_append_arrives q g h : arrives q (rev_append g h) = arrives q g + arrives q h.
Proof.
  unfold arrives. revert h. induction g as [|p g IH]; intros h; cbn [rev_append rsum]; [lra|].
  rewrite IH. cbn [rsum]. lra.
Qed.
Lemma merge_ok q g : forall h acc, arrives q (merge g h acc) = arrives q g + arrives q h + arrives q acc.
Proof.
  induction g as [|[i x] g IH]; intros h; [intros acc; cbn [merge]; rewrite rev_append_arrives; unfold arrives; cbn [rsum]; lra|].
  induction h as [|[j y] h IHh]; intros acc; cbn [merge].
  - rewrite rev_append_arrives. unfold arrives. cbn [rsum]. lra.
  - destruct (Nat.compare_spec i j) as [->|H|H].
    + rewrite IH. unfold arrives. cbn [rsum fst snd flatten]. rewrite (flatten_ok x (flatten y [])). lra.
    + rewrite IH. unfold arrives. cbn [rsum fst snd]. lra.
    + cbn [merge] in IHh. rewrite IHh. unfold arrives. cbn [rsum fst snd]. lra.
Qed.
Lemma merge_pairs_ok q n : forall l acc, (length l <= n)%nat ->
  rsum (arrives q) (merge_pairs l acc) = rsum (arrives q) l + rsum (arrives q) acc.
Proof.
  induction n as [|n IH]; intros [|x [|y l]] acc Hl; cbn [merge_pairs rsum]; try lra; [cbn in Hl; lia|].
  rewrite IH by (cbn in Hl; lia). cbn [rsum]. rewrite merge_ok. unfold arrives at 4. cbn [rsum]. lra.
Qed.
Lemma merge_all_ok q fuel : forall l, arrives q (merge_all fuel l) = rsum (arrives q) l.
Proof.
  assert (F : forall l g, arrives q (fold_left (fun x y => merge x y []) l g) = arrives q g + rsum (arrives q) l).
  { induction l as [|h l IH]; intros g; cbn [fold_left rsum]; [lra|].
    rewrite IH, merge_ok. unfold arrives at 3. cbn [rsum]. lra. }
  induction fuel as [|f IH]; intros [|x [|y l]]; cbn [merge_all]; try reflexivity; try (cbn [rsum]; lra).
  - rewrite F. unfold arrives at 1. cbn [rsum]. lra.
  - rewrite IH, (merge_pairs_ok q (length (x :: y :: l))) by auto. cbn [rsum]. lra.
Qed.
Lemma finish_ok q g : forall acc, holds q (finish g acc) = arrives q g + holds q acc.
Proof.
  unfold holds, arrives. induction g as [|[t x] g IH]; intros acc; cbn [finish].
  - rewrite rev_append_rev, app_nil_r. rewrite (rsum_perm _ _ acc) by (symmetry; apply Permutation.Permutation_rev).
    cbn [rsum]. lra.
  - rewrite IH. cbn [rsum fst snd]. destruct x as [r|r|x y].
    + cbn [rsum fst snd flatten many]. unfold many. cbn [rsum]. lra.
    + cbn [rsum fst snd flatten many]. unfold many. cbn [rsum]. lra.
    + pose proof (total_ok a (flatten (Two x y) [])) as T. destruct (total _) as [|p r].
      * rewrite <- T, ev_nil. lra.
      * rewrite <- T. cbn [rsum fst snd]. lra.
Qed.
Lemma holds_get q st : increasing (map fst st) = true -> holds q st = ev a (get st q).
Proof.
  intros H. apply increasing_NoDup in H. unfold holds.
  induction st as [|[k r] st IH]; cbn [rsum get map fst snd]; [rewrite ev_nil; auto|].
  inversion_clear H as [|? ? N1 N2]. destruct (Nat.eqb_spec k q) as [->|Hk]; cbn [bitR].
  - rewrite rsum_zero; [lra|]. intros p Hp. destruct (Nat.eqb_spec (fst p) q) as [E|E]; cbn [bitR]; [|lra].
    exfalso. apply N1. rewrite <- E. apply in_map. auto.
  - rewrite IH by auto. lra.
Qed.
Lemma get_above st c : above c (map fst st) = true -> get st c = [].
Proof.
  intros H. assert (N : ~ In c (map fst st)) by (intros X; pose proof (above_lt _ _ H _ X); lia).
  clear H. induction st as [|[k r] st IH]; cbn [get]; auto. destruct (Nat.eqb_spec k c) as [->|Hk].
  - exfalso. apply N. left. auto.
  - apply IH. intros X. apply N. right. auto.
Qed.
Lemma above_trans a' b l : (a' <= b)%nat -> above b l = true -> above a' l = true.
Proof.
  intros H. destruct l as [|c l]; cbn [above]; auto.
  destruct (Nat.ltb_spec b c), (Nat.ltb_spec a' c); auto; [lia|discriminate].
Qed.

(** what one source adds to neuron q *)
Definition adds (q c : nat) (ts : list nat) (v : R) : R :=
  rsum (fun t => bitR (t =? q)%nat * (sgR (sg c t) * v)) ts.
Lemma adds_0 q c ts : adds q c ts 0 = 0.
Proof. apply rsum_zero. intros. lra. Qed.
Lemma spread_ok q c x ts : forall acc,
  arrives q (spread (Plus x) (Minus x) ts (map (sg c) ts) acc) = arrives q acc + adds q c ts (ev a x).
Proof.
  induction ts as [|t ts IH]; intros acc; cbn [map spread].
  - rewrite rev_append_arrives. unfold arrives at 2, adds. cbn [rsum]. lra.
  - rewrite IH. unfold arrives, adds. cbn [rsum fst snd].
    destruct (sg c t); cbn [flatten]; unfold many; cbn [rsum sgR]; rewrite ?rneg_ok; lra.
Qed.
Lemma send_ok q st : forall E acc, increasing (map fst st) = true -> increasing (map fst E) = true ->
  rsum (arrives q) (send st E acc) =
  rsum (fun e => adds q (fst e) (snd e) (ev a (get st (fst e)))) E + rsum (arrives q) acc.
Proof.
  induction st as [|[k x] st IH].
  - intros E acc _ _. cbn [send get]. rewrite (rsum_zero _ E); [lra|]. intros. rewrite ev_nil. apply adds_0.
  - induction E as [|[c ts] E IHE]; intros acc HS HE; [cbn; lra|]. cbn [map fst] in HS, HE. cbn [send].
    assert (SE : increasing (map fst E) = true) by (apply (above_increasing c), HE).
    assert (SS : increasing (map fst st) = true) by (apply (above_increasing k), HS).
    assert (skip : forall e : nat * list nat, (k < fst e)%nat -> get ((k, x) :: st) (fst e) = get st (fst e)).
    { intros e He. cbn [get]. destruct (Nat.eqb_spec k (fst e)); [lia|auto]. }
    destruct (Nat.compare_spec k c) as [<-|H|H].
    + rewrite IH by auto. cbn [rsum fst snd get]. rewrite Nat.eqb_refl.
      replace (rsum (arrives q) (match x with [] => acc | _ => spread (Plus x) (Minus x) ts (sgs k ts) [] :: acc end))
        with (adds q k ts (ev a x) + rsum (arrives q) acc).
      2:{ destruct x as [|p x]; [rewrite ev_nil, adds_0; lra|]. cbn [rsum]. rewrite sgs_ok, spread_ok.
          change (arrives q []) with 0. lra. }
      rewrite (rsum_ext (fun e => adds q (fst e) (snd e) (ev a (if (k =? fst e)%nat then x else get st (fst e))))
        (fun e => adds q (fst e) (snd e) (ev a (get st (fst e)))) E); [lra|].
      intros e He. pose proof (above_lt _ _ HE _ (in_map fst _ _ He)) as L. cbn in L.
      destruct (Nat.eqb_spec k (fst e)); [lia|auto].
    + rewrite IH by auto. f_equal. apply rsum_ext. intros e He. rewrite skip; auto.
      destruct He as [<-|He]; [exact H|]. pose proof (above_lt _ _ HE _ (in_map fst _ _ He)). cbn in *. lia.
    + cbn [send] in IHE. rewrite IHE by auto. cbn [rsum fst snd]. rewrite (get_above ((k, x) :: st) c).
      * rewrite ev_nil, adds_0. lra.
      * cbn [map fst above]. destruct (Nat.ltb_spec c k); [exact HS|lia].
Qed.

(** the same over all neurons of the layer before *)
Lemma adds_NoDup q c ts v : NoDup ts -> adds q c ts v = bitR (mem q ts) * (sgR (sg c q) * v).
Proof.
  intros ND. unfold adds. induction ND as [|t ts Ht ND IH]; cbn [rsum]; [cbn; lra|].
  rewrite IH. unfold mem. cbn [existsb]. fold (mem q ts). destruct (Nat.eqb_spec t q) as [->|H].
  - rewrite Nat.eqb_refl, (mem_notIn q ts) by auto. cbn. lra.
  - destruct (Nat.eqb_spec q t); [congruence|]. cbn. lra.
Qed.
Lemma keeps_cons e E r c : NoDup (map fst (e :: E)) ->
  bitR (keeps (e :: E) r c) = bitR (fst e =? c)%nat * bitR (mem r (snd e)) + bitR (keeps E r c).
Proof.
  intros ND. inversion_clear ND. unfold keeps. cbn [existsb]. fold (keeps E r c).
  destruct (Nat.eqb_spec (fst e) c) as [<-|Hc]; cbn [andb orb bitR]; [|lra].
  assert (F : keeps E r (fst e) = false).
  { apply existsb_false. intros x Hx. destruct (Nat.eqb_spec (fst x) (fst e)) as [X|X]; auto.
    exfalso. apply H. rewrite <- X. apply in_map. auto. }
  rewrite F. destruct (mem r (snd e)); cbn; lra.
Qed.
Theorem preactivations_ok st E n n' q (h : nat -> R) :
  sorted st = true -> edges_ok n n' E = true -> sorted (preactivations st E) = true ->
  (forall c, (c < n)%nat -> h c = ev a (get st c)) ->
  ev a (get (preactivations st E) q) =
  rsum (fun c => sgR (sg c q) * bitR (keeps E q c) * h c) (seq 0 n).
Proof.
  rewrite !sorted_increasing. intros HS HE HP Hh. destruct (edges_ok_sources _ _ _ HE) as (I & B & T).
  rewrite <- holds_get by auto. unfold preactivations. rewrite finish_ok, merge_all_ok, send_ok by auto.
  unfold holds. cbn [rsum]. rewrite !Rplus_0_r. apply increasing_NoDup in I. clear HE HP HS.
  induction E as [|e E IH].
  - symmetry. apply rsum_zero. intros c _. cbn. lra.
  - cbn [rsum]. rewrite IH; [|inversion I; auto|intros; apply B; right; auto|intros; apply T; right; auto].
    rewrite adds_NoDup by (apply T; left; auto).
    rewrite <- (rsum_pick (fun c => bitR (mem q (snd e)) * (sgR (sg c q) * ev a (get st c))) (fst e) n)
      by (apply B; left; auto).
    rewrite <- rsum_plus. apply rsum_ext. intros c Hc. apply in_seq in Hc.
    rewrite (keeps_cons e E) by auto. rewrite <- Hh by lia. rewrite (Nat.eqb_sym c (fst e)). ring.
Qed.
End Layer.
